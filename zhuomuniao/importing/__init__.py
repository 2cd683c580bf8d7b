"""Foreign files as registrations."""
