"""The columnar log: a projection of the store made for folding years in seconds."""
