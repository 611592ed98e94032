"""The office's screens for orders, money, documents and mails."""
