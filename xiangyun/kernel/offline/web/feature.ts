import { GitCompare, HandHelping, Smartphone } from '@lucide/vue'
import type { Feature } from '@shared/feature'
import { useDifferencesCount, useQuarantineCount } from './useCounts'

export default {
  id: 'offline',
  title: 'offline.title',
  desk: {
    routes: [
      {
        path: '/phones/:id?',
        component: () => import('./desk/PhonesPage.vue'),
        meta: { title: 'offline.phones.title' },
      },
      {
        path: '/differences/:id?',
        component: () => import('./desk/DifferencesPage.vue'),
        meta: { title: 'offline.differs.title' },
      },
      {
        path: '/quarantine/:id?',
        component: () => import('./desk/QuarantinePage.vue'),
        meta: { title: 'offline.judge.title' },
      },
    ],
    rail: [
      {
        to: '/differences',
        title: 'offline.differs.title',
        icon: GitCompare,
        group: 'register',
        order: 4.2,
        needs: 'offline.judge',
        count: useDifferencesCount,
      },
      {
        to: '/quarantine',
        title: 'offline.judge.title',
        icon: HandHelping,
        group: 'register',
        order: 4.4,
        needs: 'offline.judge',
        count: useQuarantineCount,
      },
      {
        to: '/phones',
        title: 'offline.phones.title',
        icon: Smartphone,
        group: 'register',
        order: 11,
        needs: 'offline.see_phones',
      },
    ],
  },
} satisfies Feature
