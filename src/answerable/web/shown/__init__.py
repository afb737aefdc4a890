"""What the pages show, gathered in a bounded number of queries a page, so that templates ask nothing."""
