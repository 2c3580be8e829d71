"""What somebody may do on the grid platform: names of abilities, plain values."""

REPORT = "grid.make_report"
REPORT_FOR = "grid.report_for_others"
SEE = "grid.see_report"
VERIFY = "grid.verify_report"
CLASSIFY = "grid.classify_report"
HANDLE = "grid.handle_report"
CHECK = "grid.check_report"
CLOSE_IN_GRID = "grid.close_in_grid"
CLOSE_IN_VILLAGE = "grid.close_in_village"
SET_CATEGORIES = "grid.set_categories"
SEE_PUBLISHED = "grid.see_published"

SEE_MEDIATION = "grid.see_mediation"
MEDIATE = "grid.mediate"

VISIT = "grid.visit_home"
SEE_VISITS = "grid.see_visit"
SET_INTERVALS = "grid.set_visit_interval"

# Every file of one's places; one's own are read by whoever may find.
SEE_MONITORING = "grid.see_monitoring"
READ_MONITORING = "grid.read_monitoring"
MONITOR = "grid.monitor_home"
KEEP_MONITORING = "grid.keep_monitoring"
APPROVE_MONITORING = "grid.approve_monitoring"
