import type { RouteRecordRaw } from 'vue-router'

export const routes: RouteRecordRaw[] = [
  {
    path: '/',
    component: () => import('./home/HomePage.vue'),
    meta: { title: 'app.tab.home', isFirst: true },
  },
  {
    path: '/village',
    component: () => import('./village/VillagePage.vue'),
    meta: { title: 'app.tab.village' },
  },
  { path: '/me', component: () => import('./me/MePage.vue'), meta: { title: 'app.tab.me' } },
  {
    path: '/outbox',
    component: () => import('./outbox/OutboxPage.vue'),
    meta: { isPublic: true, title: 'app.outbox.title' },
  },
  {
    path: '/outbox/mend/:id',
    component: () => import('./outbox/MendPage.vue'),
    meta: { isPublic: true, title: 'app.mend.title' },
  },
  {
    path: '/outbox/differs/:id',
    component: () => import('./outbox/ConflictPage.vue'),
    meta: { title: 'app.conflict.title' },
  },
  {
    path: '/outbox/rescue',
    component: () => import('./outbox/RescuePage.vue'),
    meta: { isPublic: true, title: 'app.rescue.title' },
  },
  {
    path: '/outbox/bring',
    component: () => import('./outbox/BringPage.vue'),
    meta: { isPublic: true, title: 'app.bring.title' },
  },
  {
    path: '/pin',
    component: () => import('./outbox/PinPage.vue'),
    meta: { isPublic: true, title: 'app.pin.title' },
  },
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
