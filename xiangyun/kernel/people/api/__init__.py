"""The register over HTTP, one file a noun."""
