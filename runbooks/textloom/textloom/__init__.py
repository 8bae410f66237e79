"""What the migration, the tools and the performance suite share."""
