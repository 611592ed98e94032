// "Kopiér" beside what is copied into a bank's page: one button for each element with `data-copy`, which names the value
// for those who do not see where the button stands. `data-copy-value` is what is copied, when it is not what the element
// shows. Without a clipboard that may be written to, there is no button.
"use strict";

{
    const SHOWN = 4000;

    const mayCopy = async () => {
        if (!navigator.clipboard?.writeText) {
            return false;
        }
        try {
            const permission = await navigator.permissions.query({ name: "clipboard-write" });
            return permission.state !== "denied";
        } catch {
            return true; // this browser knows no such permission
        }
    };

    const buttonFor = (value, otherWord) => {
        const button = document.createElement("button");
        const word = document.createElement("span");
        const name = document.createElement("span");
        button.type = "button";
        word.dataset.otherWord = otherWord;
        button.className = "btn btn-plain btn-copy";
        name.className = "visually-hidden";
        name.textContent = ` ${value.dataset.copy}`;
        button.append(word, name);
        return button;
    };

    // The value stays marked, ready to be copied by hand.
    const giveUp = (button, value) => {
        getSelection().selectAllChildren(value);
        button.remove();
    };

    const addButtons = (box) => {
        const { wordsCopy, wordsCopied } = box.dataset;
        const status = box.querySelector("[role=status]");
        const buttons = [];
        let waiting;
        const say = (copied) => {
            for (const button of buttons) {
                button.firstChild.textContent = button === copied ? wordsCopied : wordsCopy;
            }
            status.textContent = copied ? wordsCopied : "";
        };
        for (const value of box.querySelectorAll("[data-copy]")) {
            const button = buttonFor(value, wordsCopied);
            button.addEventListener("click", async () => {
                clearTimeout(waiting);
                say(null);
                try {
                    await navigator.clipboard.writeText(value.dataset.copyValue ?? value.textContent.trim());
                } catch {
                    giveUp(button, value);
                    return;
                }
                say(button);
                waiting = setTimeout(say, SHOWN, null);
            });
            buttons.push(button);
            value.after(" ", button);
        }
        say(null);
    };

    mayCopy().then((may) => {
        if (may) {
            document.querySelectorAll("[data-words-copy]").forEach(addButtons);
        }
    });
}
