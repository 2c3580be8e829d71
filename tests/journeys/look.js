/** What a walk asks of a page. Runs before the page's own scripts; nothing here changes what is drawn. */
;(() => {
  const seen = { inFlight: 0, changedAt: performance.now(), shift: 0, shifted: [], refusedByPolicy: [], names: [] }
  const HAN = /\p{Script=Han}/u

  // Names of people, places and things are data, and so is what somebody wrote of a device, a field or their work, and
  // what stands in a workbook (`lines`): an English page shows them as they are written.
  const NAME =
    /(^|_)(name|names|account|place|town_name|title_of|note|number|from_what|how|address|crop|occupation|away_to|answer|lines|words|result|source|basis|facts|issues|notes|content|liability|method|head|found|income|verified|decided|answerable|why_ended)$/
  const gather = (value, key) => {
    if (typeof value === 'string') {
      if (NAME.test(key) && HAN.test(value)) seen.names.push(value)
    } else if (Array.isArray(value)) value.forEach((one) => gather(one, key))
    else if (value) {
      // a fact told as {field, value}, or as {field, a, b} where two rows are laid side by side
      const told = typeof value.field === 'string' ? value.field : null
      Object.entries(value).forEach(([inner, one]) => gather(one, told && /^(value|a|b)$/.test(inner) ? told : inner))
    }
  }
  const fetched = window.fetch
  window.fetch = async (...request) => {
    seen.inFlight++
    try {
      const answer = await fetched(...request)
      if (/json/.test(answer.headers.get('content-type') ?? '')) {
        gather(await answer.clone().json(), '')
      }
      return answer
    } finally {
      seen.inFlight--
      seen.changedAt = performance.now()
    }
  }
  new MutationObserver(() => (seen.changedAt = performance.now())).observe(document, {
    childList: true,
    subtree: true,
  })
  document.addEventListener('securitypolicyviolation', (event) =>
    seen.refusedByPolicy.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`),
  )
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue
      seen.shift += entry.value
      for (const { node } of entry.sources) seen.shifted.push(`${entry.value.toFixed(3)} ${node ? name(node) : '?'}`)
    }
  }).observe({ type: 'layout-shift', buffered: true })

  const pause = (ms) => new Promise((done) => setTimeout(done, ms))

  function name(node) {
    const one = node.nodeType === Node.TEXT_NODE ? node.parentElement : node
    const classes = (one.getAttribute('class') ?? '').trim().replace(/\s+/g, '.')
    const words = (one.getAttribute('aria-label') ?? one.textContent ?? '').trim().replace(/\s+/g, ' ')
    return `${one.tagName.toLowerCase()}${classes && `.${classes}`} “${words.slice(0, 40)}”`
  }

  const isSeen = (one) => {
    const box = one.getBoundingClientRect()
    return box.width > 1 && box.height > 1 && one.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  }

  /** Every piece of text that is drawn: [words, its element]. */
  function* texts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const words = walker.currentNode.data.trim()
      const parent = walker.currentNode.parentElement
      if (words && !parent.closest('script, style, noscript') && isSeen(parent)) yield [words, parent]
    }
    for (const one of document.querySelectorAll('input[placeholder], textarea[placeholder]')) {
      if (isSeen(one) && !one.value) yield [one.placeholder, one]
    }
  }

  /** What scrolls sideways for itself holds its own overflow: [element or null]. */
  function scroller(one) {
    for (let at = one; at && at !== document.body; at = at.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth + 1) return at
    }
    return null
  }

  window.look = {
    seen,

    /** Until everything asked for is there and nothing is drawn any more. */
    async settled(limitMs = 8000) {
      const began = performance.now()
      while (performance.now() - began < limitMs) {
        const isBusy = document.querySelector('.skeleton, [aria-busy="true"], .unsettled')
        const quietMs = performance.now() - seen.changedAt
        if (!isBusy && seen.inFlight === 0 && document.getElementById('shell')?.childElementCount && quietMs > 180) {
          await document.fonts.ready
          return true
        }
        await pause(20)
      }
      return false
    },

    /** What moved until now was another page. */
    anew() {
      seen.shift = 0
      seen.shifted.length = 0
    },

    /** Two frames after a change of size, so that what listens to it has drawn. */
    async redrawn() {
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
      await pause(60)
    },

    small(leastPx) {
      const found = new Set()
      for (const [words, one] of texts()) {
        const scale = one instanceof SVGElement ? (one.getScreenCTM?.()?.a ?? 1) : 1
        const px = parseFloat(getComputedStyle(one).fontSize) * scale
        if (px < leastPx - 0.01) found.add(`${px.toFixed(1)} px: ${words.slice(0, 30)} (${name(one).split(' ')[0]})`)
      }
      return [...found]
    },

    narrow(leastPx) {
      const found = []
      const every = 'a[href], button, input, select, textarea, summary, [role=button], [role=tab], [role=radio]'
      for (const one of document.querySelectorAll(every)) {
        const whole = one.matches('[type=checkbox], [type=radio]') ? (one.closest('label') ?? one) : one
        if (!isSeen(whole) || one.type === 'hidden') continue
        // a card that opens as a whole is as large as the card
        const after = getComputedStyle(whole, '::after')
        const isStretched = after.content !== 'none' && after.position === 'absolute'
        const { width, height } = (isStretched ? whole.offsetParent : whole).getBoundingClientRect()
        if (Math.min(width, height) < leastPx - 0.5)
          found.push(`${width.toFixed(0)}×${height.toFixed(0)} px: ${name(whole)}`)
      }
      return found
    },

    /** What reaches past the right edge, or makes the page or a part of it scroll sideways. */
    wide() {
      const found = []
      const { scrollWidth, clientWidth } = document.documentElement
      if (scrollWidth > clientWidth) found.push(`page ${scrollWidth} px on ${clientWidth}`)
      for (const [words, one] of texts()) {
        const range = document.createRange()
        range.selectNodeContents(one)
        const { right, left } = range.getBoundingClientRect()
        const held = scroller(one)
        if (held) found.push(`scrolls sideways: ${name(held)}`)
        else if (getComputedStyle(one).textOverflow === 'ellipsis') continue
        else if (!(one instanceof SVGElement) && right > innerWidth + 1 && left < right)
          found.push(`past the edge: ${words.slice(0, 30)} (${name(one)})`)
      }
      return [...new Set(found)]
    },

    keys() {
      const first = '(shared|desk|app|screen|chooser|accounts|alerts|agriculture|audit|devices|exchange|figures|files|grid|notify|offline|org|people|telemetry|vault|workflow)'
      const key = new RegExp(`(^|\\s)${first}(\\.[a-z0-9_]+)+`)
      const broken = /\{\w*\}|undefined|\[object|NaN|Invalid Date|\w \| \w/
      const found = []
      for (const [words, one] of texts()) {
        if (one.closest('code, pre, .mono')) continue
        if (key.test(words) || broken.test(words)) found.push(`${words.slice(0, 60)} (${name(one).split(' ')[0]})`)
      }
      for (const one of document.querySelectorAll('[aria-label], [title], [alt]')) {
        const words = ['aria-label', 'title', 'alt'].map((which) => one.getAttribute(which) ?? '').join(' ')
        if (key.test(words) || broken.test(words)) found.push(words)
      }
      if (key.test(document.title)) found.push(document.title)
      return found
    },

    /** Chinese on a page in English that is no name. */
    chinese(allowed) {
      const names = [...new Set([...seen.names, ...allowed])].sort((a, b) => b.length - a.length)
      const found = new Set()
      const labels = [...document.querySelectorAll('[aria-label], [title]')].filter(isSeen)
      const all = [
        ...texts(),
        ...labels.map((one) => [`${one.getAttribute('aria-label') ?? ''} ${one.getAttribute('title') ?? ''}`, one]),
      ]
      for (const [words, one] of all) {
        if (!HAN.test(words) || one.closest('[lang="zh-Hans"], code, pre, svg[data-map]')) continue
        // a masked name is 王＊＊ or 王**, and a matter's number begins with its platform: 农业-0911-03
        const rest = names.reduce((left, known) => left.replaceAll(known, ''), words).replaceAll(/\p{Script=Han}[＊*]+|\p{Script=Han}+-\d{4}-\d+/gu, '')
        if (HAN.test(rest)) found.add(`${rest.trim().slice(0, 60)} (${name(one)})`)
      }
      return [...found]
    },

    /** After one press of Tab: what can be reached and does not show that it is. */
    unmarked() {
      const drawn = (one) => {
        const style = getComputedStyle(one)
        const after = getComputedStyle(one, '::after')
        const ring = [style.outlineStyle, style.outlineWidth, style.outlineColor, style.outlineOffset, after.outlineStyle]
        return [...ring, style.boxShadow, style.borderColor, style.stroke].join()
      }
      const around = (one) =>
        [one, one.parentElement, one.nextElementSibling, one.closest('label'), ...one.children].filter(Boolean)
      const every = 'a[href], button, input, select, textarea, summary, [tabindex="0"]'
      const found = []
      for (const one of document.querySelectorAll(every)) {
        if (one.disabled || !isSeen(one.matches('input') ? (one.closest('label') ?? one) : one)) continue
        document.activeElement?.blur?.()
        const before = around(one).map(drawn)
        one.focus({ focusVisible: true, preventScroll: true })
        if (document.activeElement !== one) continue
        const now = around(one).map(drawn)
        if (now.every((look, n) => look === before[n])) found.push(name(one))
      }
      document.activeElement?.blur?.()
      return found
    },

    /** The words of the page itself, for what is left of them on paper. */
    words() {
      const home = document.querySelector('main') ?? document.body
      return [...texts()].filter(([, one]) => home.contains(one) && !one.closest('.no-print')).map(([words]) => words)
    },

    /** Words cut off on paper, where nothing scrolls. */
    cut() {
      const found = new Set()
      for (const [, one] of texts()) {
        for (let at = one; at && at !== document.documentElement; at = at.parentElement) {
          if (at.matches('.only-read')) break
          const style = getComputedStyle(at)
          if (/auto|scroll|hidden|clip/.test(style.overflowY) && at.scrollHeight > at.clientHeight + 4)
            found.add(`${name(at)} ${at.scrollHeight} px in ${at.clientHeight}`)
        }
      }
      return [...found]
    },

    async axe(rules) {
      const { violations } = await window.axe.run(document, {
        preload: false,
        resultTypes: ['violations'],
        rules,
      })
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.slice(0, 4).map((node) => `${id}: ${node.target} ${node.html.slice(0, 140)}`))
    },
  }
})()
