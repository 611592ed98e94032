"""What documents look like on paper: `pages` spreads lines over sheets, `pdf` makes the file."""
