"""Site memory: what a source's own pages share, learned slot by slot and kept in the lake.

evidence   a slot's rows -> what each page shows of its site
learn      what was known + evidence -> what is known: rules with their support
places     of that: where the site keeps text, and where what is none
forget     what is known, without what articles that are taken down taught alone
drift      evidence against what is known: has the site changed?
watch      all of that around one shard's extraction
rulebook   what is known, as its operator sees it
archive    both in the lake, dated; decisions of the operator
"""
