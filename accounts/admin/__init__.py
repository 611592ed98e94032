"""The office's screens for companies, people and clips. `billing.admin.site` puts them on the site."""
