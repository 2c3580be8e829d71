import { Upload } from '@lucide/vue'
import type { Feature } from '@shared/feature'

export default {
  id: 'exchange',
  title: 'exchange.title',
  desk: {
    routes: [
      {
        path: '/imports/:id?',
        component: () => import('./desk/ImportsPage.vue'),
        meta: { title: 'exchange.imports' },
      },
    ],
    rail: [
      {
        to: '/imports',
        title: 'exchange.imports',
        icon: Upload,
        group: 'register',
        order: 5,
        needs: 'exchange.import_rows',
      },
    ],
  },
} satisfies Feature
