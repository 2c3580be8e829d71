import type { Feature } from '@shared/feature'

export default {
  id: 'figures',
  title: 'figures.title',
  desk: {
    routes: [
      {
        path: '/figures/:code',
        component: () => import('./desk/FigurePage.vue'),
        meta: { title: 'figures.title' },
      },
    ],
  },
  screen: { panels: { foot: [{ id: 'figures', component: () => import('./screen/FigureFoot.vue') }] } },
} satisfies Feature
