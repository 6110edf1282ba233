"""Pages of one article: which link of a page leads to the article's next page, and which does not.

Strict on purpose. `rel=next` is as often the next article, an archive or a comment thread: a link
counts only if its address is the first page's plus a page number, exactly the one that is due, and
if the page offers it as a pager does. Pure: no request, no clock.
"""

from pipeline.paging.links import first_page, is_page, may_have_next, next_page

__all__ = ["first_page", "is_page", "may_have_next", "next_page"]
