// screenshots.mjs URL_OF_A_FEW URL_OF_MANY FOLDER
import path from 'node:path';
import { Browser, drawn } from './browser.mjs';

const [few, many, folder] = process.argv.slice(2);
const desktop = { width: 1180, height: 860 };
const phone = { width: 390, height: 844 };
/** How many seconds of figures the plots shall show. */
const seconds = 20;

const browser = await Browser.start();
const take = (page, name, more = {}) =>
  page.screenshot({ path: path.join(folder, `${name}.png`), ...more });

/** A page that has watched for a while. */
async function watch(url, processes, options) {
  const page = await browser.open(url, options);
  await drawn(page, processes);
  const begin = Date.now();
  await page.waitForFunction((until) => Date.now() > until, begin + seconds * 1000, {
    polling: 500,
  });
  return page;
}

await Promise.all([
  watch(few, 8, { viewport: desktop, colorScheme: 'light' }).then((page) => take(page, 'light')),
  watch(few, 8, { viewport: desktop, colorScheme: 'dark' }).then(async (page) => {
    await take(page, 'dark');
    await page.locator('[data-process="enrich"]').focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-tap="enrich.out"]').click();
    await page.waitForFunction(
      () =>
        document.querySelectorAll('#tap-packets li').length > 2 ||
        !/connecting|waiting/.test(document.querySelector('#tap-status').textContent),
    );
    await take(page, 'detail');
  }),
  watch(few, 8, { viewport: phone, colorScheme: 'light' }).then((page) => take(page, 'phone')),
  watch(many, 500, { viewport: desktop, colorScheme: 'light' }).then(async (page) => {
    await page.locator('#graph').scrollIntoViewIfNeeded();
    await page.locator('section.wide').first().screenshot({ path: path.join(folder, 'many.png') });
  }),
]);
await browser.end();
