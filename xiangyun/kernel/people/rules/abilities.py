"""What somebody may do with the register: names of abilities, plain values."""

SEE_HOME = "people.see_home"
SEE_PERSON = "people.see_person"
EDIT_HOME = "people.edit_home"
EDIT_PERSON = "people.edit_person"
EDIT_INCOME = "people.edit_income"
SEE_CARE = "people.see_care"
MERGE = "people.merge_rows"
FIND_PROTECTED = "people.find_protected"
SEE_FIGURES = "people.see_figures"

# What the audit calls it when somebody leaves a home; the ability is EDIT_PERSON.
MOVE = "people.move"
