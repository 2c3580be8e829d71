import { RadioTower } from '@lucide/vue'
import type { Feature } from '@shared/feature'

export default {
  id: 'devices',
  title: 'devices.title',
  desk: {
    routes: [
      {
        path: '/devices',
        component: () => import('./desk/DevicesPage.vue'),
        meta: { title: 'devices.title' },
      },
      {
        path: '/devices/new',
        component: () => import('./desk/RegisterPage.vue'),
        meta: { title: 'devices.desk.register' },
      },
      {
        path: '/devices/:id',
        component: () => import('./desk/DevicePage.vue'),
        meta: { title: 'devices.title' },
      },
    ],
    rail: [
      {
        to: '/devices',
        title: 'devices.title',
        icon: RadioTower,
        group: 'register',
        order: 10,
        needs: 'devices.see_device',
        goto: 'd',
      },
    ],
  },
  app: {
    village: [
      {
        id: 'devices',
        order: 30,
        needs: 'devices.see_device',
        component: () => import('./app/StationsPanel.vue'),
      },
    ],
  },
  screen: {
    panels: {
      left: [
        {
          id: 'unseen',
          order: 90,
          needs: 'devices.see_device',
          component: () => import('./screen/UnseenPanel.vue'),
        },
      ],
      map: [
        { id: 'devices', needs: 'devices.see_device', component: () => import('./screen/DeviceLayer.vue') },
      ],
    },
  },
} satisfies Feature
