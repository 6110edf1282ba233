"""News sites in, clean Parquet out. Imports nothing: DAG files load this on every parse."""
