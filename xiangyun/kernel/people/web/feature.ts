import type { Feature } from '@shared/feature'

export default {
  id: 'people',
  title: 'people.title',
  app: {
    routes: [
      {
        path: '/record/:id',
        component: () => import('./app/RecordPage.vue'),
        meta: { title: 'people.app.record' },
      },
      {
        path: '/record/:id/looks',
        component: () => import('./app/LooksPage.vue'),
        meta: { title: 'people.app.looks' },
      },
      {
        path: '/record/:id/consents',
        component: () => import('./app/ConsentsPage.vue'),
        meta: { title: 'people.app.consents' },
      },
      {
        path: '/record/:id/ask',
        component: () => import('./app/AskPage.vue'),
        meta: { title: 'people.app.ask' },
      },
    ],
    me: [{ id: 'record', order: 10, component: () => import('./app/RecordsSection.vue') }],
  },
} satisfies Feature
