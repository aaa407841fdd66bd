"""What is sent when: each change in another service's state, and the notifications that it means."""
