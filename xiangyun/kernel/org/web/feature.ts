import { Network } from '@lucide/vue'
import type { Feature } from '@shared/feature'

export default {
  id: 'org',
  title: 'org.title',
  desk: {
    routes: [
      {
        path: '/areas/grids/:path?',
        component: () => import('./desk/GridsPage.vue'),
        meta: { title: 'org.grids.title' },
      },
      {
        path: '/areas/:path?',
        component: () => import('./desk/AreasPage.vue'),
        meta: { title: 'org.title' },
      },
    ],
    rail: [{ to: '/areas', title: 'org.title', icon: Network, group: 'register', order: 30, goto: 'o' }],
  },
} satisfies Feature
