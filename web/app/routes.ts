import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  { path: '/', component: () => import('./home/HomePage.vue') },
  {
    path: '/ticket',
    component: () => import('@shared/session/TicketLogin.vue'),
    meta: { isPublic: true },
  },
]
