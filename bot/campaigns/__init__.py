"""WHEN to say it to many: calendar, approval, schedule, outbox, sender."""
