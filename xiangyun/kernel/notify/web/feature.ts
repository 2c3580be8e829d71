import { Mail } from '@lucide/vue'
import type { Feature } from '@shared/feature'
import { useUnseenCount } from './useNotices'

export default {
  id: 'notify',
  title: 'notify.app.title',
  app: {
    routes: [
      {
        path: '/notices',
        component: () => import('./app/NoticesPage.vue'),
        meta: { title: 'notify.app.title' },
      },
    ],
    tabs: [
      {
        to: '/notices',
        title: 'notify.app.title',
        icon: Mail,
        order: 30,
        mode: 'plain',
        count: useUnseenCount,
      },
    ],
    home: [{ id: 'unseen', order: 30, component: () => import('./app/home/UnseenCard.vue') }],
    me: [{ id: 'notices', order: 10, mode: 'elder', component: () => import('./app/NoticesLink.vue') }],
  },
} satisfies Feature
