// node firefox.mjs BROWSER ADDRESS PATH...: what is wrong on each page in Firefox, on a phone and a desktop, as JSON.
import puppeteer from "puppeteer-core";

const WIDTHS = [390, 1280];
const LEAST_TEXT = 12;

function faults(leastText) {
  const found = [];
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  if (document.documentElement.scrollWidth > innerWidth) found.push("is wider than the window");
  for (const box of all(".scroll")) {
    const head = box.querySelector("tbody th[scope=row]");
    box.scrollLeft = 200;
    const moved = head?.checkVisibility() ? head.getBoundingClientRect().left - box.getBoundingClientRect().left : 0;
    box.scrollLeft = 0;
    if (Math.abs(moved) > 1) found.push(`first column scrolls away: ${box.ariaLabel}`);
  }
  if (all("svg text").some((text) => parseFloat(getComputedStyle(text).fontSize) < leastText)) found.push("small text in a chart");
  const paper = () => getComputedStyle(document.body).backgroundColor;
  const colours = ["light", "dark"].map((look) => (document.getElementById(`look-${look}`).click(), paper()));
  if (colours[0] === colours[1]) found.push("the choice of colours changes nothing");
  document.getElementById("look-system").click();
  for (const select of all(".filters select")) {
    const shown = () => all("tbody tr:not(.group)").filter((row) => row.checkVisibility()).length;
    const before = shown();
    select.selectedIndex = 1;
    if (!(shown() > 0 && shown() < before)) found.push(`filter ${select.id} shows ${shown()} rows of ${before}`);
    select.selectedIndex = 0;
  }
  return found;
}

const [executablePath, address, ...paths] = process.argv.slice(2);
const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
const page = await browser.newPage();
const answer = {};
for (const path of paths) {
  answer[path] = [];
  await page.goto(address + path);
  for (const width of WIDTHS) {
    await page.setViewport({ width, height: 900 });
    answer[path].push(...(await page.evaluate(faults, LEAST_TEXT)).map((each) => `${width} px: ${each}`));
  }
}
await browser.close();
console.log(JSON.stringify(answer));
