"""Crawl: a source's listings -> links -> responses, politely, and durable before anything else."""
