import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/', component: () => import('./home/HomePage.vue'), meta: { title: 'app.tab.home' } },
  {
    path: '/village',
    component: () => import('./village/VillagePage.vue'),
    meta: { title: 'app.tab.village' },
  },
  { path: '/me', component: () => import('./me/MePage.vue'), meta: { title: 'app.tab.me' } },
  {
    path: '/ticket',
    component: () => import('./login/TicketPage.vue'),
    meta: { isPublic: true, title: 'app.login.slip' },
  },
  {
    path: '/:rest(.*)*',
    component: () => import('./home/NotFoundPage.vue'),
    meta: { title: 'app.not_found.title' },
  },
]
