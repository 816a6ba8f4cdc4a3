// Passkeys: buttons for them appear where the browser knows them, and the accounts library's script speaks to the device.
"use strict";
(function () {
  if (!window.PublicKeyCredential) return;
  document.querySelectorAll("[data-sm-passkey-only]").forEach(function (form) { form.hidden = false; });
  var form = document.querySelector("[data-sm-passkey]");
  if (!form) return;
  var ask = form.dataset.smPasskey === "create" ? window.handleRegister : window.handleSignin;
  ask(form.dataset.options).then(function (found) {
    if (found.error_msg) {
      document.querySelector("[data-sm-passkey-failed]").hidden = false;
      document.querySelector("[role=status]").hidden = true;
    } else {
      form.querySelector("[name=credential]").value = found.credential;
      form.submit();
    }
  });
})();
