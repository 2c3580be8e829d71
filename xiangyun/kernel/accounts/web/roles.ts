/** The roles of a town, in the order a form offers them; overseers sit above and are set up by the county. */
export const TOWN_ROLES = [
  'villager',
  'grid_worker',
  'village_secretary',
  'clerk',
  'agronomist',
  'duty_officer',
  'town_leader',
  'maintainer',
  'town_admin',
  'security_admin',
  'audit_admin',
] as const

/** Those a town gives: its security and audit administrators are added at the box itself. */
export const GIVEN_ROLES = TOWN_ROLES.filter((role) => role !== 'security_admin' && role !== 'audit_admin')
