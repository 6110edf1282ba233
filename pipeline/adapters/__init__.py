"""The only code that touches the world: HTTP, the object store, the ledger."""
