"""Who has to do what, since when, until when: matters, work items, duty, and what happened to each."""
