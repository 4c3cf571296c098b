"""The assets: each opens the installation, makes one call and returns metadata."""
