"""What is kept, and for how long: deliveries seen, messages that `/xoa` can delete. No words."""
