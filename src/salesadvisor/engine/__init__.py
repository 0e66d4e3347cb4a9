"""Which rules fire? Rules as boxes, matched live on one deal or in bulk on blocks of rows."""
