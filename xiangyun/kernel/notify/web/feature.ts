import { Mail, MessageSquareShare } from '@lucide/vue'
import type { Feature } from '@shared/feature'
import { useUnseenCount } from './useNotices'
import { useUnsureCount } from './useDeliveries'

export default {
  id: 'notify',
  title: 'notify.app.title',
  desk: {
    routes: [
      {
        path: '/channels',
        component: () => import('./desk/ChannelsPage.vue'),
        meta: { title: 'notify.desk.title' },
      },
    ],
    rail: [
      {
        to: '/channels',
        title: 'notify.desk.title',
        icon: MessageSquareShare,
        group: 'settings',
        order: 40,
        needs: 'notify.see_channel',
        count: useUnsureCount,
      },
    ],
  },
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
    me: [
      { id: 'notices', order: 10, mode: 'elder', component: () => import('./app/NoticesLink.vue') },
      { id: 'contacts', order: 60, component: () => import('./app/ContactsCard.vue') },
    ],
  },
} satisfies Feature
