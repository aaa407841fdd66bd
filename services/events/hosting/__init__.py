"""The offers of one organisation, as its coordinators see and change them on pages."""
