"""The published contract: the columns of every table, and the pages generated from them."""
