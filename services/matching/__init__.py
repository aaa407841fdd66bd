"""Who advises whom: regional desks, requests, proposals with their reasons, mentorships."""
