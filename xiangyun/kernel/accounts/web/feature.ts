import { KeyRound, UserRoundCog, UsersRound } from '@lucide/vue'
import type { Feature } from '@shared/feature'

export default {
  id: 'accounts',
  title: 'accounts.title',
  desk: {
    routes: [
      {
        path: '/accounts/:id?',
        component: () => import('./desk/AccountsPage.vue'),
        meta: { title: 'accounts.title' },
      },
      {
        path: '/keys',
        component: () => import('./desk/KeysPage.vue'),
        meta: { title: 'accounts.desk.keys' },
      },
      { path: '/me', component: () => import('./desk/MePage.vue'), meta: { title: 'accounts.desk.me' } },
    ],
    rail: [
      {
        to: '/accounts',
        title: 'accounts.title',
        icon: UsersRound,
        group: 'register',
        order: 20,
        needs: 'accounts.see_account',
        goto: 'u',
      },
      { to: '/me', title: 'accounts.desk.me', icon: UserRoundCog, group: 'settings', order: 90, goto: 'm' },
      {
        to: '/keys',
        title: 'accounts.desk.keys',
        icon: KeyRound,
        group: 'settings',
        order: 40,
        needs: 'accounts.see_key',
      },
    ],
  },
  app: {
    me: [
      { id: 'factor', order: 70, component: () => import('./app/FactorCard.vue') },
      { id: 'phones', order: 80, component: () => import('./app/PhonesSection.vue') },
    ],
  },
} satisfies Feature
