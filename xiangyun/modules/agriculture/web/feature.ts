import { Sprout } from '@lucide/vue'
import type { Feature } from '@shared/feature'

export default {
  id: 'agriculture',
  title: 'agriculture.title',
  desk: {
    routes: [
      {
        path: '/agriculture/:part?',
        component: () => import('./desk/AgriculturePage.vue'),
        meta: { title: 'agriculture.title' },
      },
    ],
    rail: [
      {
        to: '/agriculture',
        title: 'agriculture.title',
        icon: Sprout,
        group: 'platform',
        order: 50,
        needs: 'agriculture.see_field',
        goto: 'n',
      },
    ],
  },
  app: {
    routes: [
      {
        path: '/tips/:id',
        component: () => import('./app/TipPage.vue'),
        meta: { title: 'agriculture.app.tip' },
      },
    ],
    home: [
      {
        id: 'weather',
        order: 10,
        needs: 'agriculture.see_home',
        component: () => import('./app/home/WeatherPanel.vue'),
      },
      {
        id: 'tip',
        order: 20,
        needs: 'agriculture.see_home',
        component: () => import('./app/home/TipPanel.vue'),
      },
    ],
    village: [
      {
        id: 'grid-worker',
        order: 10,
        needs: 'agriculture.see_home',
        component: () => import('./app/GridWorkerPanel.vue'),
      },
      {
        id: 'station',
        order: 15,
        needs: 'agriculture.see_home',
        component: () => import('./app/StationPanel.vue'),
      },
    ],
    thumb: [
      {
        id: 'call-grid-worker',
        order: 10,
        needs: 'agriculture.see_home',
        component: () => import('./app/home/CallGridWorker.vue'),
      },
    ],
  },
  screen: {
    panels: {
      top: [
        {
          id: 'station',
          order: 10,
          needs: 'agriculture.see_field',
          component: () => import('./screen/StationStrip.vue'),
        },
      ],
      right: [
        {
          id: 'rain',
          order: 90,
          needs: 'agriculture.see_field',
          component: () => import('./screen/RainChart.vue'),
        },
      ],
      map: [
        { id: 'rain', needs: 'devices.see_device', component: () => import('./screen/RainLayer.vue') },
        { id: 'tips', needs: 'alerts.see_alert', component: () => import('./screen/TipLayer.vue') },
      ],
    },
  },
} satisfies Feature
