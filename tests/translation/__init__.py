"""The shop in English: its catalogue of translations, its pages, and what stays Danish."""
