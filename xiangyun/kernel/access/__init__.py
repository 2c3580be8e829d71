"""Who may do what, and where: Actor, abilities, `@needs`, `visible_to`, the scope of the database."""
