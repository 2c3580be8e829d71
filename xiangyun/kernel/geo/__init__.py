"""Shapes, layers and distances: WGS-84 stored; GCJ-02 only for display."""
