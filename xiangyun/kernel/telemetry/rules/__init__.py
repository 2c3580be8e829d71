"""What is true of readings without a database: grades, first-come merging, folding into hours, gaps."""
