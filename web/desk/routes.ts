import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/', component: () => import('./HomePage.vue') },
  { path: '/search', component: () => import('./SearchPage.vue'), meta: { title: 'desk.search.title' } },
  { path: '/welcome', component: () => import('./WelcomePage.vue'), meta: { isPublic: true } },
  { path: '/:rest(.*)', component: () => import('./NothingHere.vue') },
]
