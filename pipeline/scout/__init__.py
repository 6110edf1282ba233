"""What a site offers a crawler: looked up once, for a person who adds it (`broadsheet new`).

asking      a bounded number of requests, each address once
clues       a page, a robots.txt -> addresses that may be listings, and what a page says of itself
candidates  what each of them lists -> those worth crawling, and why the others are not
listing_search, section_search   how candidates are found, asked and read
shapes      addresses of articles -> a pattern for section pages, where there is nothing better
sample      listings -> pages to look at, spread over listings and time
zones       dates as stated, country, language -> a time zone, and how sure that is
findings    what is known in the end; refusals: why no seed can be written
survey      the way through all this, a bounded number of polite requests
write       what was found -> a seed file to review
"""
