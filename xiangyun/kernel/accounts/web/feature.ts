import type { Feature } from '@shared/feature'

export default {
  id: 'accounts',
  title: 'accounts.title',
  app: { me: [{ id: 'phones', order: 80, component: () => import('./app/PhonesSection.vue') }] },
} satisfies Feature
