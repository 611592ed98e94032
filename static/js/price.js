// The price while a quantity is typed: says under the field what "Se pris" would, and marks the tier that is reached.
// Amounts are whole numbers (BigInt): unit prices in ten-thousandths of a krone, sums in øre, the VAT rate in hundredths
// of a per cent. The rules are those of catalog/prices.py and catalog/quantities.py; tests/browser compares the two.
"use strict";

{
    const WHOLE_NUMBER = /^(?:[0-9]{1,40}|[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,3})$/;
    // So long nothing must be typed before the price is said: a screen reader would read out every digit's price.
    const PAUSE = 500;
    const NO_BREAK_SPACE = "\u00a0";

    const roundedHalfUp = (number, divisor) => (number + divisor / 2n) / divisor;

    const withPoints = (number) => String(number).replace(/\B(?=(?:[0-9]{3})+$)/g, ".");

    const kroner = (ore) =>
        `${withPoints(ore / 100n)},${String(ore % 100n).padStart(2, "0")}${NO_BREAK_SPACE}kr.`;

    const unitPrice = (price) => {
        const decimals = String(price % 10000n).padStart(4, "0").replace(/0{1,2}$/, "");
        return `${withPoints(price / 10000n)},${decimals}${NO_BREAK_SPACE}kr.`;
    };

    const inWords = (pattern, facts) => pattern.replace(/%\((\w+)\)s/g, (_hole, name) => facts[name]);

    const tiersOf = (form) =>
        form.dataset.tiers.split(" ").map((tier) => {
            const [from, price] = tier.split(":");
            return { from: BigInt(from), price: BigInt(price) };
        });

    const netOf = (quantity, tier) => roundedHalfUp(quantity * tier.price, 100n);

    const quantityIn = (form) => {
        const typed = form.elements.quantity.value.trim();
        if (!WHOLE_NUMBER.test(typed)) {
            return null;
        }
        const quantity = BigInt(typed.replaceAll(".", ""));
        const canBeBought = quantity >= BigInt(form.dataset.minimum) && quantity <= BigInt(form.dataset.maximum);
        return canBeBought ? quantity : null;
    };

    const reachedOf = (tiers, quantity) => tiers.findLast((tier) => tier.from <= quantity) ?? tiers[0];

    const priceInWords = (form, quantity, tier) => {
        const net = netOf(quantity, tier);
        return inWords(form.dataset.wordsPrice, {
            quantity: withPoints(quantity),
            unit: form.dataset.wordsUnit,
            price: unitPrice(tier.price),
            net: kroner(net),
            total: kroner(net + roundedHalfUp(net * BigInt(form.dataset.vat), 10000n)),
        });
    };

    const nudgeInWords = (form, quantity, reached, tiers) => {
        const isWorthNaming = (tier) =>
            tier.from > quantity &&
            tier.price < reached.price &&
            tier.from <= BigInt(form.dataset.maximum) &&
            (netOf(tier.from, tier) <= netOf(quantity, reached) ||
                (tier.from - quantity) * 100n <= quantity * BigInt(form.dataset.near));
        const tier = tiers.find(isWorthNaming);
        if (tier === undefined) {
            return "";
        }
        const saved = netOf(quantity, reached) - netOf(tier.from, tier);
        return inWords(saved > 0n ? form.dataset.wordsSaving : form.dataset.wordsNudge, {
            more: withPoints(tier.from - quantity),
            unit: form.dataset.wordsUnit,
            price: unitPrice(tier.price),
            saved: kroner(saved),
        });
    };

    const longerInWords = (form, quantity) => {
        if (form.dataset.longAbove === "") {
            return "";
        }
        const above = BigInt(form.dataset.longAbove);
        const isNear =
            quantity <= above &&
            above < BigInt(form.dataset.maximum) &&
            (above - quantity) * 100n <= above * BigInt(form.dataset.near);
        return isNear
            ? inWords(form.dataset.wordsLonger, {
                  more: withPoints(above - quantity + 1n),
                  unit: form.dataset.wordsUnit,
                  long: form.dataset.long,
                  short: form.dataset.short,
              })
            : "";
    };

    const markOf = (form) => {
        const mark = document.createElement("span");
        const words = document.createElement("span");
        mark.className = "tier-mark";
        words.className = "visually-hidden";
        words.textContent = form.dataset.wordsMark;
        mark.append("✓ ", words, " ");
        return mark;
    };

    const markTier = (form, from) => {
        for (const row of form.closest("article").querySelectorAll("[data-from]")) {
            const isReached = row.dataset.from === from;
            row.classList.toggle("tier-reached", isReached);
            row.querySelector(".tier-mark")?.remove();
            if (isReached) {
                row.firstElementChild.prepend(markOf(form));
            }
        }
    };

    // What is written anew is read out anew, also when it says the same.
    const say = (element, words) => {
        if (element.textContent !== words) {
            element.textContent = words;
        }
    };

    const showPrice = (form) => {
        const [price, nudge, longer] = form.querySelectorAll("output span");
        const quantity = quantityIn(form);
        const tiers = tiersOf(form);
        const reached = quantity === null ? null : reachedOf(tiers, quantity);
        say(price, reached ? priceInWords(form, quantity, reached) : "");
        say(nudge, reached ? nudgeInWords(form, quantity, reached, tiers) : "");
        say(longer, reached ? longerInWords(form, quantity) : "");
        markTier(form, reached ? String(reached.from) : "");
    };

    for (const form of document.querySelectorAll("form[data-tiers]")) {
        let waiting;
        const field = form.elements.quantity;
        field.addEventListener("input", () => {
            clearTimeout(waiting);
            waiting = setTimeout(showPrice, PAUSE, form);
        });
        field.addEventListener("change", () => {
            clearTimeout(waiting);
            showPrice(form);
        });
        form.querySelector("[value=price]").hidden = true;
        showPrice(form);
    }
}
