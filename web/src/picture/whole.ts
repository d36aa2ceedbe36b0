/** How the picture is seen whole: with a little air, and never larger than its words want to be read. */
export const whole = { padding: 0.05, maxZoom: 1.2, minZoom: 0.3 };
