import type { RouteRecordRaw } from 'vue-router'

/** One page: the wall itself. `?town=` picks a town for those who see several, `?visitors` hides names. */
export const routes: RouteRecordRaw[] = [
  { path: '/:rest(.*)*', component: () => import('./wall/WallPage.vue'), meta: { title: 'screen.title' } },
]
